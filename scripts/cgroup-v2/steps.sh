# What shows that cgroups of version 2 limit sandboxes: the module by itself, a host of root, a host of an ordinary user.
step 'doctor' node packages/cli/bin/quicksand.js doctor
# Without those cases that an emulated machine is too slow for: to end many processes takes it longer than a kernel may take, and the more so with little of it.
vitest 'groups' packages/isolation/test/cgroups.test.ts packages/isolation/test/cgroup-layout.test.ts -t '^(?!.*however little)'
vitest 'every process' conformance/test/every-process.test.ts
cases='more memory than allowed|runs out of memory|by threads|isolation|at the end'
vitest 'a host of root' conformance/test/http.test.ts -t "$cases"
vitest 'a host of an ordinary user' conformance/test/ordinary-user.test.ts -t "$cases"
step 'nothing is left' bash -c "! find $groups -name 'quicksand-[0-9]*' | grep ."
