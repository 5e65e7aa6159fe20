"""Tells a configuration that is wrapped for Kubernetes from one that Envoy reads."""

import re

_CONFIG_MAP = re.compile(r"^kind:[ \t]*[\"']?ConfigMap\b", re.MULTILINE)


def config_map(text: str) -> bool:
    """Whether the text is a ConfigMap of Kubernetes."""
    return _CONFIG_MAP.search(text) is not None
