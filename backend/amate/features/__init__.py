"""What the system does. A feature imports only features below it, through their actions or model."""
