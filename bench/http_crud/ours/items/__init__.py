"""Items: made, read and listed by the people of an organization."""
