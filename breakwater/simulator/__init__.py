"""Deploy the program into a simulated AWS: Pulumi's SDK in this process, moto in memory behind it."""
