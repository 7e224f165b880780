"""Side-by-side measurements of backstay and its peers: one harness, one folder a benchmark."""
