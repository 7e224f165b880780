"""The house's modules and one of the benchmark's."""
