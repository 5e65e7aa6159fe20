"""Where the dashboard is served when nobody says where."""

HOST = "127.0.0.1"
# Below the ports that systems give out by themselves (from 32768 on Linux). Where one is taken, by another watch, it is the next.
USUAL = tuple(range(7640, 7648))
