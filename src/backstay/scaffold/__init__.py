"""Writing the first version of a project or a module, so that the fortieth looks like the first."""
