"""Access logs: how their lines are written, how a growing one is followed, and who sends them over the network."""
