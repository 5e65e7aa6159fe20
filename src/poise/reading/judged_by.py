"""Which version each product's rules judge by where nobody named one, and who says so."""

from poise.model.audit import ReadFile
from poise.model.topology import Topology
from poise.reading.installed import Installed
from poise.rules.version import ASSUMED


class JudgedBy:
    """Asks the installed binaries, each at most once; what is not installed is assumed."""

    def __init__(self, installed: Installed | None = None) -> None:
        self.installed = installed or Installed()

    def ask(self, product: str) -> None:
        """Start asking; `version` waits for the answer."""
        self.installed.ask(product)

    def version(self, product: str) -> str | None:
        """The version installed here, else the one that poise assumes."""
        return self.installed.version(product) or ASSUMED.get(product)

    def close(self) -> None:
        """Stop what was asked and has not answered yet."""
        self.installed.close()

    def told(self, topology: Topology) -> ReadFile:
        """What the report says of a configuration."""
        files = topology.files or (topology.file,)
        if topology.target is not None:
            return ReadFile(topology.file, topology.product, topology.target, "given", files)
        found = self.installed.version(topology.product)
        if found is not None and found == topology.assumed:
            return ReadFile(topology.file, topology.product, found, "installed", files)
        return ReadFile(topology.file, topology.product, topology.assumed, "assumed", files)
