"""Who must be told: notices in the app, and mails."""
