#include "credentials.h"

#include <algorithm>
#include <grp.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ringsmith {
namespace {

// An id that no process can take makes these calls change nothing and tell what is.
uid_t file_system_user() { return static_cast<uid_t>(setfsuid(static_cast<uid_t>(-1))); }
gid_t file_system_group() { return static_cast<gid_t>(setfsgid(static_cast<gid_t>(-1))); }

struct Capabilities {
  uint64_t effective = 0;
  uint64_t permitted = 0;
};

Capabilities capabilities_now() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (syscall(SYS_capget, &header, data) != 0) return {};
  return {data[0].effective | static_cast<uint64_t>(data[1].effective) << 32,
          data[0].permitted | static_cast<uint64_t>(data[1].permitted) << 32};
}

// Whether all ids of the process are one and the same, so that it has none to change to.
bool has_one_identity() {
  uid_t users[3];
  gid_t groups[3];
  if (getresuid(&users[0], &users[1], &users[2]) != 0 || getresgid(&groups[0], &groups[1], &groups[2]) != 0) return false;
  return users[0] == users[1] && users[0] == users[2] && groups[0] == groups[1] && groups[0] == groups[2];
}

// Most processes have few groups.
constexpr int kUsualGroups = 64;

}  // namespace

Credentials Credentials::current() {
  Credentials now;
  now.user = file_system_user();
  now.group = file_system_group();
  Capabilities capabilities = capabilities_now();
  now.capabilities = capabilities.effective;
  now.fixed = capabilities.permitted == 0 && has_one_identity();
  int count = std::max(getgroups(0, nullptr), 0);
  now.groups.resize(static_cast<size_t>(count));
  if (count > 0) now.groups.resize(static_cast<size_t>(std::max(getgroups(count, now.groups.data()), 0)));
  return now;
}

bool Credentials::are_current() const {
  if (fixed) return true;
  if (file_system_user() != user || file_system_group() != group) return false;
  if (capabilities_now().effective != capabilities) return false;
  gid_t list[kUsualGroups];
  int count = getgroups(kUsualGroups, list);
  if (count < 0) return current().groups == groups;
  return static_cast<size_t>(count) == groups.size() && std::equal(groups.begin(), groups.end(), list);
}

}  // namespace ringsmith
