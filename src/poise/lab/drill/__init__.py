"""A drill on a real stack: the hand that acts on it, the eyes that watch it, the trainee's folder."""
