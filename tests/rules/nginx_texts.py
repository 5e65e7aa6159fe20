"""nginx configurations for tests, written short."""

THREE = "server 10.0.0.1:80;\nserver 10.0.0.2:80;\nserver 10.0.0.3:80;\n"
EIGHT = "".join(f"server 10.0.0.{i}:80;\n" for i in range(1, 9))


def http(upstream: str, location: str = "", target: str = "proxy_pass http://web;", server: str = "listen 80;", around: str = "") -> str:
    return f"{around}\nupstream web {{\n{upstream}}}\nserver {{\n{server}\nlocation / {{\n{target}\n{location}\n}}\n}}\n"


def whole(text: str, main: str = "worker_processes 4;", events: str = "worker_connections 1024;") -> str:
    return f"{main}\nevents {{\n{events}\n}}\nhttp {{\n{text}}}\n"


def stream(upstream: str, server: str) -> str:
    return f"events {{}}\nstream {{\nupstream web {{\n{upstream}}}\nserver {{\n{server}\nproxy_pass web;\n}}\n}}\n"
