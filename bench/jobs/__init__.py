"""Job systems side by side: the same jobs, the same durability, an oracle that counts every execution."""
