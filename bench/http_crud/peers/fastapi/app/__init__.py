"""The FastAPI peer of the http-crud benchmark, written as FastAPI's and SQLAlchemy's documentation teach."""
