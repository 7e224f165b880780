"""The job engines: each answers the verbs of `store.Store`."""
