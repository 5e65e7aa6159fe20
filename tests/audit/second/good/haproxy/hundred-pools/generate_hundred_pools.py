#!/usr/bin/env python3
"""Writes the file: one pool per tenant, as a provisioning job would."""

from pathlib import Path

HEAD = """# written by generate_hundred_pools.py - do not edit
global
    log stdout format raw local0
    maxconn 60000
    hard-stop-after 10m

defaults
    mode http
    log global
    option httplog
    option dontlognull
    option forwardfor
    option redispatch
    retries 2
    timeout http-request 10s
    timeout connect 3s
    timeout client 30s
    timeout server 30s
    timeout queue 10s
    timeout check 2s
    default-server check inter 5s fall 3 rise 2 maxconn 200

frontend tenants
    bind :80
    maxconn 50000
"""
out = [HEAD]
for n in range(1, 101):
    out.append(f"    use_backend tenant_{n:03d} if {{ hdr(host) -i t{n:03d}.example.com }}\n")
out.append("    default_backend unknown\n\nbackend unknown\n    http-request deny deny_status 404\n")
for n in range(1, 101):
    algorithm = "leastconn" if n % 3 == 0 else "roundrobin"
    out.append(f"\nbackend tenant_{n:03d}\n    balance {algorithm}\n    option httpchk GET /health\n    http-check expect status 200\n")
    for i in range(1, 3 + n % 4):
        out.append(f"    server t{n:03d}-{i} 10.{100 + n % 50}.{n}.{i}:8080\n")
Path("hundred-pools.cfg").write_text("".join(out))
