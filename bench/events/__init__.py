"""Events from a commit to a subscriber's handler, beside the one peer here that publishes and subscribes."""
