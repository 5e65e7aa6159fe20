"""Configurations of any product from files, folders and pipes, as topologies. I/O."""
