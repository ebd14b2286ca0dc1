"""Where private keys are touched, and nowhere else."""
