-- SPDX-License-Identifier: BSD-3-Clause
-- How a recorded case tells what came of a call: one line of ASCII. Begins each chunk of
-- tests/script/recorded/, on the reference server as in the test.
local function shown_string(text)
  local tail = ''
  if #text > 160 then
    local sum = 0
    for place = 1, #text do sum = (sum * 31 + string.byte(text, place)) % 4294967296 end
    tail = string.format('+%d:%.0f', #text, sum)
    text = string.sub(text, 1, 40)
  end
  return '"' .. string.gsub(text, '[%c\127-\255"\\]', function(c)
    return string.format('\\x%02x', string.byte(c))
  end) .. '"' .. tail
end

local show
show = function(value, depth)
  local kind = type(value)
  if kind == 'string' then return shown_string(value) end
  if kind == 'number' then
    if value ~= value then return 'nan' end
    if value == 0 and 1 / value < 0 then return '-0' end
    return string.format('%.17g', value)
  end
  if kind == 'function' or kind == 'thread' then return kind end
  if kind ~= 'table' then return tostring(value) end
  if depth > 20 then return '{...}' end
  local parts = {}
  for key, item in pairs(value) do
    parts[#parts + 1] = '[' .. show(key, depth + 1) .. ']=' .. show(item, depth + 1)
  end
  table.sort(parts)
  return '{' .. table.concat(parts, ',') .. '}'
end

local function gathered(...) return select('#', ...), {...} end

local function run(f, ...)
  local count, results = gathered(pcall(f, ...))
  local parts = {results[1] and 'ok' or 'ERR'}
  for place = 2, count do parts[#parts + 1] = show(results[place], 0) end
  return table.concat(parts, ' ')
end
