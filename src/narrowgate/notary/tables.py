"""Arrow tables as bytes for sealing, and back."""

import pyarrow as pa

from narrowgate.domain.errors import IntegrityError


def to_bytes(table: pa.Table) -> bytes:
    """Arrow IPC stream, compressed."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table, max_chunksize=2**16)
    return bytes(sink.getvalue())


def from_bytes(data: bytes) -> pa.Table:
    """The table that ``to_bytes`` wrote.

    Raises:
        IntegrityError: when the bytes are no such stream.
    """
    try:
        return pa.ipc.open_stream(data).read_all()
    except (pa.ArrowException, OSError) as error:
        raise IntegrityError("a sealed table cannot be read") from error
