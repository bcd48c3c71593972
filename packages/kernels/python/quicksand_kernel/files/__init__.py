"""The file agent: a fork of the zygote that works on the files of one sandbox, as that sandbox, inside it."""
