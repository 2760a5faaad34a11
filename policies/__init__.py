"""The CrossGuard pack: what no stack of Breakwater may do, whoever wrote the program."""
