"""Systems: the parts that every backend needs. They import the kernel and, through its root, each other."""
