"""What a change of one pool is about: which lines of it move the traffic, what that costs, and the story that a reader is told."""
