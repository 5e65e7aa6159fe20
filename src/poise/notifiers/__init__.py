"""Who is told, one file for each way to tell. I/O. Secrets are read when they are used, and stand in no error, log or repr."""
