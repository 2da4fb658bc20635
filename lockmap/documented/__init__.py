"""What kernels say of their locks: in documents, comments and annotations."""
