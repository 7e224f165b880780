"""What the benchmark adds to the house: one route for anybody, one for who has a permission."""
