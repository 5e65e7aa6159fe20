"""What poise knows of each product, one folder per product. Products do not know each other."""
