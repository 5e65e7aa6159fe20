"""What is kept. I/O."""
