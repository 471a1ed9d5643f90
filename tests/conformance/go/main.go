// Verifies a ledger folder with the Go project's own transparency log packages and none of ours.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run main.go VKEY FOLDER
//
// Debian: golang-go, golang-golang-x-mod-dev.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// folder reads tiles where C2SP tlog-tiles puts them: the same paths as Go's, but for the height.
type folder string

func (f folder) Height() int                     { return height }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if data[i], err = f.read(strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (f folder) read(path string) ([]byte, error) { return os.ReadFile(filepath.Join(string(f), path)) }

// bundle returns the leaf hashes of the n-th entry bundle of a log of that size.
func (f folder) bundle(n, size int64) (hashes []tlog.Hash) {
	tile := tlog.Tile{H: height, L: -1, N: n, W: width(n, size)}
	data, err := f.read(strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/data/", height), "tile/entries/", 1))
	check(err)
	for len(data) > 0 {
		end := 2 + int(binary.BigEndian.Uint16(data))
		hashes, data = append(hashes, tlog.RecordHash(data[2:end])), data[end:]
	}
	if len(hashes) != tile.W {
		check(fmt.Errorf("bundle %d: expected %d entries, got %d", n, tile.W, len(hashes)))
	}
	return hashes
}

// width is that of the n-th tile or bundle where there are count hashes or entries.
func width(n, count int64) int {
	if rest := count - n<<height; rest < 1<<height {
		return int(rest)
	}
	return 1 << height
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "NOT VERIFIED:", err)
		os.Exit(1)
	}
}

func main() {
	ledger := folder(os.Args[2])
	verifier, err := note.NewVerifier(os.Args[1])
	check(err)
	signed, err := ledger.read("checkpoint")
	check(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n") // tlog.ParseTree wants Go's own origin line
	head, err := tlog.ParseTree([]byte("go.sum database tree\n" + lines[1] + "\n" + lines[2] + "\n"))
	check(err)

	stored, store := []tlog.Hash{}, tlog.HashReaderFunc(nil) // the tree again, from the entries' bytes alone
	store = func(indexes []int64) (hashes []tlog.Hash, _ error) {
		for _, i := range indexes {
			hashes = append(hashes, stored[i])
		}
		return hashes, nil
	}
	tiles, leaves := tlog.TileHashReader(head, ledger), []tlog.Hash{}
	for n := int64(0); n<<height < head.N; n++ {
		for _, leaf := range ledger.bundle(n, head.N) {
			more, err := tlog.StoredHashesForRecordHash(int64(len(leaves)), leaf, store)
			check(err)
			stored, leaves = append(stored, more...), append(leaves, leaf)
		}
	}
	root, err := tlog.TreeHash(head.N, store)
	check(err)
	if root != head.Hash {
		check(fmt.Errorf("entries lead to %v, the checkpoint says %v", root, head.Hash))
	}
	for n := int64(0); n < head.N; n += 1 + head.N/64 { // proofs are made from tiles, and checked against the entries
		proof, err := tlog.ProveRecord(head.N, n, tiles)
		check(err)
		check(tlog.CheckRecord(proof, head.N, head.Hash, n, leaves[n]))
		old, err := tlog.TreeHash(n+1, store)
		check(err)
		growth, err := tlog.ProveTree(head.N, n+1, tiles)
		check(err)
		check(tlog.CheckTree(growth, head.N, head.Hash, n+1, old))
	}
	for level := 0; head.N>>(height*level) > 0; level++ { // every hash of every tile
		for n := int64(0); n<<height < head.N>>(height*level); n++ {
			tile := tlog.Tile{H: height, L: level, N: n, W: width(n, head.N>>(height*level))}
			want, err := tlog.ReadTileData(tile, store)
			check(err)
			got, err := ledger.ReadTiles([]tlog.Tile{tile})
			check(err)
			if !bytes.Equal(got[0], want) {
				check(fmt.Errorf("tile %d at level %d", n, level))
			}
		}
	}
	fmt.Printf("verified %d entries of %s\n", head.N, lines[0])
}
