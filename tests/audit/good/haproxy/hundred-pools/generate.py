"""Write haproxy.cfg: one pool for each of about a hundred services, from a seeded list."""

import pathlib
import random

NAMES = (
    "auth billing cart catalog chat check claim coupon course crm desk docs email export feed file form fraud "
    "gallery geo graph help hook image import index invoice item job label ledger login mail map match media "
    "menu metric news note offer order page pay photo pin plan play point poll post price print promo proof "
    "push query quote rate read refund report review risk role route rule sale score search share ship shop "
    "sign site slot sms stat stock store sync tag task tax team tender text tick token topic tour track trade "
    "user vault video vote wallet watch web work"
)

HEAD = """\
# written by generate.py
global
    log stdout format raw local0
    maxconn 60000
    hard-stop-after 15m
    spread-checks 5
    stats socket /var/run/haproxy.sock mode 600 level admin expose-fd listeners

defaults
    mode http
    log global
    option httplog
    option dontlognull
    option redispatch
    retries 2
    balance leastconn
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    timeout queue 5s
    timeout check 2s
    timeout http-request 5s
    timeout http-keep-alive 10s
    option httpchk
    http-check send meth GET uri /healthz

frontend gateway
    bind :8080
    maxconn 50000
"""


def main() -> None:
    words = NAMES.split()
    rng = random.Random(20)
    out = [HEAD]
    for word in words:
        out.append(f"    use_backend {word} if {{ hdr(host) -i {word}.svc.example }}\n")
    out.append("    default_backend web\n")
    for number, word in enumerate(words):
        size = rng.choice((2, 2, 3, 3, 4, 6))
        limit = rng.choice((60, 100, 200, 300))
        out.append(f"\nbackend {word}\n")
        out.append(f"    default-server check inter 3s fall 3 rise 2 maxconn {limit}\n")
        for i in range(1, size + 1):
            out.append(f"    server {word}-{i} 10.{100 + number // 50}.{number % 50}.{i}:8080\n")
    pathlib.Path(__file__).with_name("haproxy.cfg").write_text("".join(out), encoding="utf-8")


if __name__ == "__main__":
    main()
