"""What the rules do: which ones speak, how often, and how prescribers answer, by week."""
