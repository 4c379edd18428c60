import type { GroupAttributeResource, KonstantlyGroup } from '@usher/contracts';
import type { AttributeDefinition, Group } from '@usher/directory';

export const toGroup = (group: Group): KonstantlyGroup => ({
  id: group.number,
  parentId: group.parentNumber,
  name: group.name,
  usersCount: group.usersCount,
  coursesCount: group.websites.length,
  description: group.description,
  attributes: group.attributes,
  // Nobody can give it one here.
  image: null,
});

export const toAttribute = (definition: AttributeDefinition): GroupAttributeResource => ({
  id: definition.number,
  name: definition.name,
  type: definition.type,
  options: definition.options,
  required: definition.required,
});
