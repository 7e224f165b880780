"""CRUD over HTTP: get one, list a page, create with validation, and a mix of them."""
