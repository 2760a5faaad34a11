"""What is done to a real account beside Pulumi: by boto3 and GitHub's API, knowing a stack by its file and outputs."""
