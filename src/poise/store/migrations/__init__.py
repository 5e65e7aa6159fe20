"""The store's migrations, oldest first; a store is upgraded when it is opened, after a copy was put beside it."""
