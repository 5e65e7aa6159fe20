"""Resources that stand in a file without Envoy's wrapper around them: one, or a list. Pure."""

import re

from poise.balancers.envoy.document import Array, Object
from poise.balancers.envoy.names import snake
from poise.model.regexp import regexp

# Fields of one resource that no other format has together: endpoints (EDS), routes (RDS), a listener (LDS).
KINDS = (("cluster_name", "endpoints"), ("virtual_hosts",), ("filter_chains", "address"), ("load_assignment",))
_START = r"(?:^(?:- )?|^  |[{,]\s*)[\"']?"
_ENDPOINTS = regexp(rf"{_START}cluster_?[nN]ame[\"']?[ \t]*:", re.MULTILINE)
_CLUSTER = regexp(r"^  load_?[aA]ssignment[\"']?[ \t]*:", re.MULTILINE)
_HOSTS = regexp(r"\blb_?[eE]ndpoints[\"']?[ \t]*:")
_ROUTES = regexp(rf"{_START}virtual_?[hH]osts[\"']?[ \t]*:", re.MULTILINE)
_CHAINS = regexp(rf"{_START}filter_?[cC]hains[\"']?[ \t]*:", re.MULTILINE)
_ADDRESS = regexp(r"\bsocket_?[aA]ddress[\"']?[ \t]*:")
_DOMAINS = regexp(r"\bdomains[\"']?[ \t]*:")


def bare(text: str) -> bool:
    """Whether the text looks like such a file."""
    endpoints = (_ENDPOINTS.search(text) is not None or _CLUSTER.search(text) is not None) and _HOSTS.search(text) is not None
    listener = _CHAINS.search(text) is not None and _ADDRESS.search(text) is not None
    return endpoints or listener or (_ROUTES.search(text) is not None and _DOMAINS.search(text) is not None)


def is_resources(root: Array) -> bool:
    """Whether every item of a list is such a resource."""
    return bool(root.items) and all(isinstance(item, Object) and _is_resource(item) for item in root.items)


def _is_resource(item: Object) -> bool:
    keys = {snake(member.key) for member in item.members}
    return "@type" in keys or any(keys.issuperset(kind) for kind in KINDS)
