"""The statements of orders: one order's, lists, and what must hold of all of them."""
