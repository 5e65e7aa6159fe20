"""What exporters tell Prometheus, one a file: which of their figures are which of ours. Pure; who asks Prometheus is the app layer."""

from poise.exporters.application import APPLICATION
from poise.exporters.blackbox import BLACKBOX
from poise.exporters.envoy import ENVOY
from poise.exporters.haproxy import HAPROXY
from poise.exporters.metric import Exporter
from poise.exporters.nginx_plus import NGINX, NGINX_PLUS
from poise.exporters.nginx_vts import NGINX_VTS
from poise.exporters.node import NODE
from poise.exporters.own import OWN
from poise.exporters.postgres import POSTGRES

EXPORTERS: tuple[Exporter, ...] = (HAPROXY, ENVOY, NGINX, NGINX_PLUS, NGINX_VTS, OWN, BLACKBOX, APPLICATION, POSTGRES, NODE)
"""Load balancers first, then what stands beside them."""
