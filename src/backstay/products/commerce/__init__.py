"""A shop's backend. Its pricing stands on nothing but money; the modules around it follow."""
