"""What the owner is told: log, webhook, alarms, journal lines and trade reports."""
