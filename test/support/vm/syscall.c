// One system call from the command line: its number and arguments in, its result or -errno out. For guests that ask the
// kernel what no part of the package would.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char** words) {
  long arguments[7] = {0};
  for (int i = 1; i < count && i <= 7; i++) arguments[i - 1] = strtol(words[i], NULL, 0);
  long result = syscall(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6]);
  printf("%ld\n", result < 0 ? -(long)errno : result);
  return 0;
}
