// Runs a program within a seccomp filter, as container runtimes do: filtered RULES PROGRAM ARGUMENT…
// RULES is a file, its first line the default action, then a line each: NAME ACTION COUNT (INDEX OP VALUE VALUE)…, where
// an action is `allow`, `kill` or the errno to answer with.
#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t action_of(const char* word) {
  if (strcmp(word, "allow") == 0) return SCMP_ACT_ALLOW;
  if (strcmp(word, "kill") == 0) return SCMP_ACT_KILL_PROCESS;
  return SCMP_ACT_ERRNO(atoi(word));
}

static enum scmp_compare compare_of(const char* word) {
  static const char* const words[] = {"", "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"};
  for (int i = SCMP_CMP_NE; i <= SCMP_CMP_MASKED_EQ; i++)
    if (strcmp(word, words[i]) == 0) return (enum scmp_compare)i;
  fprintf(stderr, "no comparison %s\n", word);
  exit(125);
}

static void fail(const char* what, int error) {
  fprintf(stderr, "%s: %s\n", what, strerror(-error));
  exit(125);
}

int main(int count, char** words) {
  if (count < 3) return 125;
  FILE* rules = fopen(words[1], "r");
  char name[64], action[16];
  if (rules == NULL || fscanf(rules, "%15s", action) != 1) return 125;
  uint32_t usual = action_of(action);
  scmp_filter_ctx filter = seccomp_init(usual);
  seccomp_arch_add(filter, SCMP_ARCH_X86);
  seccomp_arch_add(filter, SCMP_ARCH_X32);
  int arguments;
  while (fscanf(rules, "%63s %15s %d", name, action, &arguments) == 3) {
    struct scmp_arg_cmp tests[6];
    for (int i = 0; i < arguments; i++) {
      char op[16];
      unsigned long long value, other;
      if (fscanf(rules, "%u %15s %llu %llu", &tests[i].arg, op, &value, &other) != 4) return 125;
      tests[i].op = compare_of(op);
      tests[i].datum_a = value;
      tests[i].datum_b = other;
    }
    int number = seccomp_syscall_resolve_name(name);
    // Of a newer libseccomp, or what is the default anyway.
    if (number == __NR_SCMP_ERROR || action_of(action) == usual) continue;
    int error = seccomp_rule_add_array(filter, action_of(action), number, arguments, tests);
    if (error < 0) fail(name, error);
  }
  fclose(rules);
  int error = seccomp_load(filter);
  if (error < 0) fail("seccomp_load", error);
  execvp(words[2], words + 2);
  perror(words[2]);
  return 125;
}
