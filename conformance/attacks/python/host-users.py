# Only the three users that the sandbox's own /etc has.
import pwd
print(sorted(user.pw_name for user in pwd.getpwall()), os.uname().nodename)
