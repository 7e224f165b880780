"""Tests of the caching proxy."""
