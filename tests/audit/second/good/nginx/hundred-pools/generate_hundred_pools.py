#!/usr/bin/env python3
"""Writes the file: one pool per tenant, as a provisioning job would."""

from pathlib import Path

HEAD = """# written by generate_hundred_pools.py - do not edit
worker_processes auto;
pid /tmp/nginx.pid;
error_log stderr warn;

events {
    worker_connections 16384;
}

http {
    access_log off;
    server_names_hash_bucket_size 128;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_connect_timeout 2s;
    proxy_read_timeout 30s;
    proxy_next_upstream error timeout;
    proxy_next_upstream_tries 2;
    proxy_next_upstream_timeout 6s;

    server {
        listen 80 default_server;
        return 404;
    }
"""
out = [HEAD]
for n in range(1, 101):
    out.append(f"\n    upstream tenant_{n:03d} {{\n        zone tenant_{n:03d} 64k;\n")
    if n % 3 == 0:
        out.append("        least_conn;\n")
    for i in range(1, 3 + n % 4):
        out.append(f"        server 10.{100 + n % 50}.{n}.{i}:8080 max_fails=2 fail_timeout=10s;\n")
    out.append("        keepalive 8;\n    }\n")
    out.append(f"    server {{\n        listen 80;\n        server_name t{n:03d}.example.com;\n")
    out.append(f"        location / {{\n            proxy_pass http://tenant_{n:03d};\n        }}\n    }}\n")
out.append("}\n")
Path("nginx.conf").write_text("".join(out))
