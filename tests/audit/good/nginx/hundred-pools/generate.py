"""Write nginx.conf beside this file: a platform's edge with a hundred pools, as its own generator would write it."""

from pathlib import Path

KINDS = ("", "    least_conn;\n", "    random two least_conn;\n", "    hash $request_uri consistent;\n")
HEAD = """\
# written by generate.py, do not edit
worker_processes auto;
worker_rlimit_nofile 131072;
pid /tmp/nginx.pid;
error_log stderr warn;

events {
    worker_connections 16384;
}

http {
    access_log off;
    sendfile on;
    server_tokens off;
    server_names_hash_bucket_size 128;

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_connect_timeout 2s;
    proxy_send_timeout 15s;
    proxy_read_timeout 15s;
    proxy_next_upstream error timeout;
    proxy_next_upstream_tries 2;
    proxy_next_upstream_timeout 6s;

    server {
        listen 80 default_server;
        return 404;
    }
"""


def pool(number: int) -> str:
    """Return the upstream and the server block of one tenant."""
    name = f"tenant_{number:03}"
    servers = "".join(
        f"    server 10.{64 + number // 10}.{number % 10}.{host}:{8000 + number} max_fails=3 fail_timeout=10s;\n"
        for host in range(1, 3 + number % 4)
    )
    text = (
        f"upstream {name} {{\n    zone {name} 64k;\n{KINDS[number % 4]}{servers}    keepalive 16;\n}}\n\n"
        f"server {{\n    listen 80;\n    server_name t{number:03}.example.com;\n\n"
        f"    location / {{\n        proxy_pass http://{name};\n    }}\n}}\n"
    )
    return "\n" + "".join("    " + line if line.strip() else line for line in text.splitlines(keepends=True))


if __name__ == "__main__":
    body = HEAD + "".join(pool(number) for number in range(100)) + "}\n"
    Path(__file__).with_name("nginx.conf").write_text(body, encoding="utf-8")
