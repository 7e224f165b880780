"""What crosses the border of orders."""
