"""What the catalogue takes and gives: products, terms, prices, what shoppers see, imports."""
