"""Real packet loss on loopback ports, by iptables' statistic match, inside the lab's own network namespace only."""

import asyncio
from collections.abc import Sequence

from poise.lab.error import LabError


async def drop(iptables: str, ports: Sequence[int], ratio: float) -> None:
    """Drops that share (0–1) of the packets to and from each port; 0 drops none. Replaces what was dropped before."""
    await _run(iptables, "-F", "INPUT")
    if ratio:
        for port in ports:
            for side in ("--dport", "--sport"):
                match = ("-p", "tcp", side, str(port), "-m", "statistic", "--mode", "random", "--probability", f"{ratio:.4f}")
                await _run(iptables, "-A", "INPUT", "-i", "lo", *match, "-j", "DROP")


async def _run(iptables: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        iptables, "-w", *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await process.communicate()
    if process.returncode != 0:
        words = complaint.decode(errors="replace").strip()
        raise LabError(f"{iptables} {' '.join(arguments)}: {words}; the kernel may lack the statistic match, use another mode")
