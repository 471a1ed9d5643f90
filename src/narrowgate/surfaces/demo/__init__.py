"""Made-up people to show the gate on: a town's records, labels for a certificate, and two requests. Nobody is real."""
