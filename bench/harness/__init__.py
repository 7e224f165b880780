"""The harness that every benchmark runs on; docs/benchmarks.md says how and why it measures as it does."""
